"""Commands about the machines of one service: their keys, and what is wrong with one."""
