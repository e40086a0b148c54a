"""What moves the answer: inputs alone, two at a time, all together, and the value at which a decision turns."""
