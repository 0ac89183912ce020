import { randomBytes } from 'node:crypto';
import { numberOf } from './directives.mjs';

/** @typedef {{type: 'text', text: string} | {type: 'text', parts: Iterable<string>} | {type: 'thinking', thinking: string, signature: string} | {type: 'tool_use', id: string, name: string, input: object}} Block */

export const text = (words) => ({ type: 'text', text: words });
export const tool = (name, input) => ({ type: 'tool_use', id: `toolu_${randomBytes(12).toString('hex')}`, name, input });
export const bash = (command, description, more = {}) => tool('Bash', { command, description, ...more });
export const write = (path, content) => tool('Write', { file_path: path, content });

/**
 * What the answers of one directive hold: each entry is one turn. All but the last use a tool, whose result the CLI sends back.
 * @type {Record<string, (args: Record<string, string>, asked: {system: string, planFile?: string}) => {blocks: Block[], stopReason?: string}[]>}
 */
const TURNS = {
  text: (args) => [{ blocks: [text(args.text ?? 'Hello from the simulator.')] }],
  long: (args) => [{ blocks: [text(lines(numberOf(args.lines, 50, { max: 1_000_000 })))] }],
  huge: (args) => [{ blocks: [{ type: 'text', parts: megabytes(numberOf(args.mb, 1, { max: 1024 }), numberOf(args.chunk, 16_384, { min: 16 })) }] }],
  clock: (args) => Array.from({ length: numberOf(args.times, 1, { min: 1, max: 10_000 }) }, () => ({ blocks: [{ type: 'text', parts: moments(numberOf(args.lines, 20, { max: 100_000 })) }, bash('true', 'Go on')] })),
  think: (args) => [{ blocks: [{ type: 'thinking', thinking: args.text ?? 'Let me think about it.', signature: 'c2lt' }, text('I thought about it.')] }],
  write: (args) => [{ blocks: [text('I write the file.'), write(args.path ?? 'simulated.txt', args.mb ? [...megabytes(numberOf(args.mb, 1, { max: 16 }), 16_384)].join('') : (args.content ?? 'written by the simulator\n'))] }],
  bash: (args) => [{ blocks: [text('I run a command.'), bash(args.cmd ?? 'echo hello', 'Run a command', bashOptions(args))] }],
  read: (args) => [{ blocks: [text('I read a file.'), tool('Read', { file_path: args.path ?? 'README.md' })] }],
  edit: (args) => [{ blocks: [tool('Edit', { file_path: args.path ?? 'README.md', old_string: args.old ?? '', new_string: args.new ?? '' })] }],
  todo: (args) => [{ blocks: [tool('TodoWrite', { todos: todos(args.items ?? 'one, two', numberOf(args.done, 0)) })] }],
  task: (args) => [{ blocks: [text('I hand this on.'), tool('Task', { description: 'A part of the work', subagent_type: 'general-purpose', prompt: partOf(args.cmd ?? 'echo part') })] }],
  pair: (args) => [{ blocks: [text('I fetch two pages.'), ...[args.first ?? 'https://one.example/', args.second ?? 'https://two.example/'].map((url) => tool('WebFetch', { url, prompt: 'What is it?' }))] }],
  ask: (args) => [{ blocks: [text('I have a question.'), tool('AskUserQuestion', { questions: questions(args) })] }],
  plan: (args, { planFile }) => [...(planFile ? [{ blocks: [write(planFile, planOf(args))] }] : []), { blocks: [text('This is my plan.'), tool('ExitPlanMode', { plan: planOf(args) })] }],
  loop: (args) => Array.from({ length: numberOf(args.times, 10, { min: 1, max: 10_000 }) }, (_, turn) => ({
    blocks: [text(`Turn ${turn + 1}.`), bash(args.cmd ?? `echo turn ${turn + 1}`, 'One more turn')],
  })),
  system: (args, { system }) => [{ blocks: [text(`The system prompt ${system.includes(args.contains ?? '') ? 'contains' : 'does not contain'} it.`)] }],
  'max-tokens': () => [{ blocks: [text('This answer is cut')], stopReason: 'max_tokens' }],
  refusal: () => [{ blocks: [], stopReason: 'refusal' }],
  empty: () => [{ blocks: [] }],
};

/**
 * The answer of a turn when the directives are played one after the other; what is left when all tools have been used is a
 * closing sentence. An unknown name says so.
 */
export function playDirectives(directives, turn, asked) {
  const turns = directives.flatMap((directive) => {
    const play = TURNS[directive.name];
    return play ? play(directive.args, asked) : [{ blocks: [text(`The simulator knows no scenario named ${directive.name}.`)] }];
  });
  return turns[turn] ?? { blocks: [text('Done: every step was carried out.')] };
}

/** The turn at which a directive begins, given those before it. */
export function firstTurnOf(directives, index) {
  return directives.slice(0, index).reduce((sum, directive) => sum + (TURNS[directive.name]?.(directive.args, { system: '' }).length ?? 1), 0);
}

function bashOptions(args) {
  return {
    ...(args.timeout ? { timeout: numberOf(args.timeout, 120_000) } : {}),
    ...(args.background === 'true' ? { run_in_background: true } : {}),
  };
}

/** What a sub-agent is asked: directives again, for it speaks to the simulator as well. */
function partOf(command) {
  return `[[sim:bash cmd=${JSON.stringify(command)}]] [[sim:text text="That was my part."]]`;
}

/** One question, and a second one with the same options where `second` is given. */
function questions(args) {
  const options = (args.options ?? 'Yes, No').split(',').map((label) => ({ label: label.trim(), description: `Chooses ${label.trim()}` }));
  const asked = (question, header) => ({ question, header, multiSelect: args.multiple === 'true', options });
  return [asked(args.question ?? 'Shall I go on?', args.header ?? 'Go on'), ...(args.second ? [asked(args.second, 'Second')] : [])];
}

const planOf = (args) => args.text ?? '1. Look\n2. Do it';

function todos(items, done) {
  return items.split(',').map((item, index) => ({
    content: item.trim(),
    activeForm: `Working on ${item.trim()}`,
    status: index < done ? 'completed' : index === done ? 'in_progress' : 'pending',
  }));
}

function lines(count) {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}`).join('\n');
}

/** Made when it is its turn to be sent: the time in each is that of its sending, in microseconds since 1970. */
function* moments(count) {
  for (let index = 0; index < count; index++) yield `t:${Math.round((performance.timeOrigin + performance.now()) * 1_000)} is line ${index + 1}\n`;
}

function* megabytes(count, chunk) {
  const line = `${'0123456789abcdef'.repeat(6)}abc\n`;
  const block = line.repeat(Math.ceil(chunk / line.length)).slice(0, chunk);
  let left = Math.round(count * 1024 * 1024);
  for (; left > 0; left -= block.length) yield left >= block.length ? block : block.slice(0, left);
}
