"""The pure core: values, events, state and policy. No I/O, no clock, no random numbers, no asyncio."""
