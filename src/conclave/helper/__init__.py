"""Conclave Helper: lets one person of a meeting use this computer's mouse and keyboard, after asking here."""
