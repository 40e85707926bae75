"""The MCP server: the scheduler's verbs as tools with typed schemas, for agents that do not use the command line.

It is one more client of the control socket. The SDK comes with the extra ``mcp`` and is imported nowhere else.
"""
