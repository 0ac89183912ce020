import type { HistoryEvent } from '@/tests/faults/history/history';
import { sortHistory, type Violation } from '@/tests/faults/history/judged-history';
import { brokenAnswers } from '@/tests/faults/history/rules-of-answers';
import { brokenMoves } from '@/tests/faults/history/rules-of-moves';
import { brokenRequests } from '@/tests/faults/history/rules-of-requests';
import { brokenEnd } from '@/tests/faults/history/rules-of-the-end';

/**
 * Judges a recorded history against the model of what may happen (decision 0043). Pure: it knows neither product nor machine, only
 * what was asked, what was answered, what the database recorded, and what the machine said in the end. None means that it is legal.
 */
export function checkHistory(events: readonly HistoryEvent[]): Violation[] {
  const history = sortHistory(events);
  return [...brokenMoves(history), ...brokenRequests(history), ...brokenAnswers(history), ...brokenEnd(history)];
}
