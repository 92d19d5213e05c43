"""Who works here: accounts with passwords and second factors, roles, and the sessions they open."""
