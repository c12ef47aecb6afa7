"""The live plane: sockets, timers and the report spool around the room machine and the relay."""
