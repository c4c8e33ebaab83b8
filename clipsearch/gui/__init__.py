"""The window. Knows no torch, open_clip, timm or lancedb."""
