"""The run contract: embedded servers and the supervisor behind `make up`."""
