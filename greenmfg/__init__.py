"""The shell of the portal, and the measure itself (`rulebook`), which needs no Django."""
