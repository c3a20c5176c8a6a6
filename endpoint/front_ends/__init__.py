"""Several front ends on one port: the processes of a server, and what they do for each other."""
