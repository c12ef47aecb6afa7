"""The room machine: roster, roles, order of MLS commits, forwarding of what it cannot read."""
