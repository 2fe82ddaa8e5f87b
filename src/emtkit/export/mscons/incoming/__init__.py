"""Received MSCONS files: messages, their values, what of them holds now.

read          interchange to messages and values, one at a time; head: what stands before the values
received      what a received message says, typed; values: its times and numbers
words         the market's words on a value: quality, method, reason
to_readings   a received message as readings and series; as_capture: a file of them as a capture
holding       of several files the values that no later message overwrites or takes back; editions: which is newest
summary       the figures of a message
"""
