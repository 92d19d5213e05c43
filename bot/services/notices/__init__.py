"""Emergency notices: what every citizen is told first, from one date to another."""
