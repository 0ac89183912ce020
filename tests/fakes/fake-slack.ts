import { startHttpService, type Answer, type HttpService, type Received } from '@/tests/fakes/http-service';

interface Text {
  type: string;
  text: string;
}
interface Block {
  type: string;
  text?: Text;
  elements?: Text[];
}
export interface SlackPost {
  text: string;
  blocks: Block[];
}

const words = (status: number, body: string): Answer => ({ status, body });

/** Slack's incoming webhooks as they are documented: one path is known, payloads are checked, the answer is a word. */
export function startFakeSlack(path: string): HttpService {
  return startHttpService((request) => (request.path === path ? judge(request) : words(404, 'no_service')));
}

export function slackPost({ body }: Received): SlackPost {
  return JSON.parse(body) as SlackPost;
}

/** All that a reader sees. */
export function slackWords(received: Received): string {
  return slackPost(received)
    .blocks.flatMap(({ text, elements }) => [text, ...(elements ?? [])])
    .flatMap((one) => one?.text ?? [])
    .join('\n');
}

function judge(request: Received): Answer {
  if (!request.headers['content-type']?.startsWith('application/json')) return words(400, 'invalid_payload');
  let post: SlackPost;
  try {
    post = slackPost(request);
  } catch {
    return words(400, 'invalid_payload');
  }
  if (!post.text) return words(400, 'no_text');
  return post.blocks.length <= 50 && post.blocks.every(isRight) ? words(200, 'ok') : words(400, 'invalid_blocks');
}

function isRight({ type, text, elements }: Block): boolean {
  if (type === 'header') return text?.type === 'plain_text' && text.text.length > 0 && text.text.length <= 150;
  if (type === 'section') return text !== undefined && text.text.length > 0 && text.text.length <= 3000;
  return type === 'context' && elements !== undefined && elements.length > 0 && elements.length <= 10;
}
