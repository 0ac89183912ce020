/**
 * What becomes of a call. `lost`: the engine acts, its answer never arrives and the connection ends. `garbage`: the engine
 * acts, its answer is no JSON. `cut`: it acts, half of its answer arrives. `hang`: nothing reaches the engine and nothing comes
 * back until the client gives up; with `hangMs`, until the connection ends by itself after so long. A status: the engine is
 * not asked. `late`: it acts at once, the answer comes after so many milliseconds.
 */
export type FaultKind = 'lost' | 'garbage' | 'cut' | 'hang' | { hangMs: number } | { status: number; message?: string } | { late: number };
