"""Files that strangers sent are opened only here, in a process of their own that can do nothing else.

`ask` is the portal's side; `inside` and what it imports run in that process and know neither Django nor the portal.
"""
