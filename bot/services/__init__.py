"""What the state does for a citizen.
Each service has an interface, an embedded SQL provider and, where an agency has its own system, an HTTP one.
"""
