"""The commands of `./otklik`, a module each; app/cli.py only names their options."""
