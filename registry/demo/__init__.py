"""The demo: invented people, units and cases, all marked 示例, made through the one door like real ones."""
