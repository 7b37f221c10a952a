"""Tables that come in from outside. Nothing is imported here: `workbook` also runs in a process without Django."""
