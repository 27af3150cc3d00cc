"""What the sample engagements are made with: chance, dates and files shared by all, and one package per sample."""
