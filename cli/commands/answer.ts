import { type Command } from 'commander';
import type { AnswerQuestionInput } from '@/contract/question';
import type { Question } from '@/cli/api/anyon-api';
import { CliError } from '@/cli/cli-error';
import { findRun } from '@/cli/find/find-run';
import type { Printer } from '@/cli/output/printer';
import { visibleLine, visibleText } from '@/cli/output/visible-text';
import { openSession, type Surroundings } from '@/cli/session';

interface AnswerOptions {
  allow?: boolean;
  always?: boolean;
  deny?: string | boolean;
  stop?: boolean;
  choose?: string[];
  question?: string;
}

/** `anyon answer` */
export function addAnswerCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('answer')
    .description('what a run asks of you; with one of the options below: answer it')
    .argument('<run>', 'workspace#number or id')
    .option('--allow', 'allow it')
    .option('--always', 'allow it, and this kind of thing for the rest of the run')
    .option('--deny [words]', 'deny it, and tell Claude what to do instead')
    .option('--stop', 'with --deny: stop the run')
    .option('--choose <answer...>', 'for each question in order: an option’s label, or words of your own')
    .option('--question <id>', 'which question, where several are open')
    .action((said: string, options: AnswerOptions, command: Command) => answer(surroundings, command, said, options));
}

async function answer(surroundings: Surroundings, command: Command, said: string, options: AnswerOptions): Promise<void> {
  const { api, print } = openSession(surroundings, command);
  const run = await findRun(api, said);
  const open = (await api.questions(run.id)).filter(({ status }) => status === 'open');
  const given = answerOf(options);
  if (!given) return listed(print, open, said);
  const question = chosenQuestion(open, options.question);
  const answered = await api.answer({ runId: run.id, questionId: question.id, answer: given });
  if (print.json) print.document(answered);
  else print.line('Answered.');
}

/** The answer that the options make; null when they make none. */
export function answerOf(options: AnswerOptions): AnswerQuestionInput['answer'] | null {
  const given = [options.allow || options.always, options.deny !== undefined, options.choose !== undefined].filter(Boolean).length;
  if (given > 1) throw new CliError('invalid', 'Give one answer: --allow, --deny or --choose.');
  if (options.stop && options.deny === undefined) throw new CliError('invalid', '--stop goes with --deny.');
  if (options.allow || options.always) return { kind: 'allow', always: options.always === true };
  if (options.deny !== undefined) return { kind: 'deny', stop: options.stop === true, ...(typeof options.deny === 'string' && { words: options.deny }) };
  return options.choose ? { kind: 'choose', chosen: options.choose.map((words) => [words]) } : null;
}

function chosenQuestion(open: readonly Question[], id: string | undefined): Question {
  const found = id === undefined ? open : open.filter((question) => question.id === id);
  const [first] = found;
  if (!first) throw new CliError('not_found', id === undefined ? 'This run asks nothing just now.' : 'No question with this id is open.');
  if (found.length > 1) throw new CliError('invalid', `${found.length} questions are open. Say which with --question; without an answer they are listed.`);
  return first;
}

function listed(print: Printer, open: readonly Question[], said: string): void {
  if (print.json) return print.document(open);
  if (open.length === 0) return print.note('This run asks nothing just now.');
  for (const question of open) print.line(`${questionWords(question)}\n  ${question.id}\n`);
  const choices = open.filter(({ kind }) => kind === 'choice').length;
  const ways = [choices < open.length && '--allow', choices > 0 && '--choose "an option"', '--deny "do this instead"'].filter(Boolean).join(' or ');
  print.note(`Answer: anyon answer "${said}" ${ways}`);
}

function questionWords({ kind, toolName, input, choices }: Question): string {
  if (kind === 'choice') return choices.map(({ question, options }) => `${visibleLine(question)}\n${options.map(({ label, description }) => `  – ${visibleLine(label)}${description ? `: ${visibleLine(description)}` : ''}`).join('\n')}`).join('\n');
  const details = typeof input === 'string' ? input : JSON.stringify(input, null, 2);
  return `${kind === 'plan' ? 'Shall Claude carry out this plan?' : `May Claude use ${visibleLine(toolName)}?`}\n${visibleText(details ?? '').split('\n').map((line) => `  ${line}`).join('\n')}`;
}

