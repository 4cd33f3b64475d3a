"""The interview corner: cards with questions to answer out loud, and later the rehearsal that schedules them."""
