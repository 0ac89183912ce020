/** A newer task or attempt has taken over; this one stops where it is and changes nothing more. */
export class SupersededError extends Error {
  constructor(message = 'A newer task took the place of this one.') {
    super(message);
    this.name = 'SupersededError';
  }
}

/** Another worker may be at work already: nothing more is changed, not even to say so. */
export class LeadLostError extends SupersededError {
  constructor() {
    super('This worker has lost the lead.');
    this.name = 'LeadLostError';
  }
}
