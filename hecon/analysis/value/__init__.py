"""What a decision is worth: who is cost-effective, how sure that is, and what better evidence would be worth."""
