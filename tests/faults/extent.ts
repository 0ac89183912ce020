/**
 * Whether everything is walked (`npm run test:faults`, under an hour) or only a part (`npm test`): every kind of fault comes in
 * it at least once, and chance, by the printed seed, chooses the rest. The head of each file says what its part leaves out.
 */
export const whole = process.env['ANYON_FAULTS'] === 'whole';
