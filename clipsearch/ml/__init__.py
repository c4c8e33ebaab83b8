"""The contrastive models: loading, encoding, measuring. Knows no Qt and no database."""
