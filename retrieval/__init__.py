"""heiso."""
