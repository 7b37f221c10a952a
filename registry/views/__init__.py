"""What people see: one module per page of the portal."""
