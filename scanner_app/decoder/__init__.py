"""The processes that decode pictures, apart from the server for its safety."""
