// One round of the worker's delivery to Slack, in a process of its own that a test can kill.
import { deliver } from '@/server/alerts/delivery/deliver';

await deliver('slack', new AbortController().signal);
