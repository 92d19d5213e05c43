"""The desk: web pages of operators, supervisors and administrators, rendered on the server."""
