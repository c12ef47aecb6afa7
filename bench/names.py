"""What is measured beside what: a key for programs and a label for people."""

from __future__ import annotations

OURS = "ours"
PEER = "peer"
LIKE_FOR_LIKE = "like-for-like"
OURS_CAPTURED = "ours-captured"
VIEWERS_LEG = "ours-viewers-leg"
SENDERS_LEG = "ours-senders-leg"

LABELS = {
    OURS: "Conclave",
    PEER: "peer as applications build it",
    LIKE_FOR_LIKE: "peer like for like",
    OURS_CAPTURED: "Conclave, from captureStream",
    VIEWERS_LEG: "Conclave, viewer's leg",
    SENDERS_LEG: "Conclave, sender's leg",
}
LEGS = (VIEWERS_LEG, SENDERS_LEG)
