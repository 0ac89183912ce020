import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endOf, exchanged, inside, prepareCommand, processesOf, removeRuntimeContainer, script, startCommand, startRuntimeContainer, until } from '@/tests/setup/runtime-container';
import type { RuntimeContainer } from '@/tests/setup/runtime-container';

let box: RuntimeContainer;
let count = 0;

beforeAll(async () => {
  box = await startRuntimeContainer();
});
afterAll(() => removeRuntimeContainer(box));
afterEach(async () => {
  await until('the processes of the test to go', async () => (await processesOf(box)).length === 0);
  expect(readdirSync(box.exchange).filter((name) => name.includes('.tell-')), 'messages left').toEqual([]);
});

/** Writes a message as the host does, and hands it over. */
async function tell(id: string, line: string) {
  const name = `${id}.tell-${randomBytes(16).toString('hex')}`;
  const file = path.join(box.exchange, name);
  writeFileSync(file, line, { mode: 0o600 });
  chownSync(file, 1000, 1000);
  return inside(box, 'anyon-run', 'tell', id, name);
}

async function begin(text: string, input?: string): Promise<string> {
  const id = `run-${++count}`;
  prepareCommand(box, id, { argv: ['bash', '-c', text], keepStdinOpen: true, closeStdinOn: 'result-line' }, input === undefined ? {} : { input });
  await startCommand(box, id);
  await until(`${id} to run`, () => existsSync(path.join(box.exchange, id, 'pid')));
  return id;
}

const result = 'echo "{\\"type\\":\\"result\\"}"';
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

describe('anyon-run tell', () => {
  it('writes each line behind the first input, in the order in which they are told', async () => {
    const id = await begin(`for i in 1 2 3; do read -r line; echo "heard $line"; done; ${result}; cat`, 'first\n');
    expect((await tell(id, 'second\n')).code).toBe(0);
    expect((await tell(id, '{"secret":"ünï 😀"}\n')).code).toBe(0);
    expect((await endOf(box, id)).exitCode).toBe(0);
    expect(exchanged(box, id, 'out.raw')).toBe('heard first\nheard second\nheard {"secret":"ünï 😀"}\n{"type":"result"}\n');
  });

  it('never mixes lines that are larger than a pipe, told at once, with each other or with a first input that is still on its way', async () => {
    const first = `${'f'.repeat(300_000)}\n`;
    const lines = ['a', 'b', 'c'].map((letter) => `${letter.repeat(250_000)}\n`);
    const id = await begin(`sleep 0.5; for i in 1 2 3 4; do IFS= read -r line; printf "%s\\n" "$line" | sha256sum; done; ${result}; cat`, first);
    const told = await Promise.all(lines.map((line) => tell(id, line)));
    expect(told.map(({ code }) => code)).toEqual([0, 0, 0]);
    await endOf(box, id);
    const heard = exchanged(box, id, 'out.raw').split('\n').slice(0, 4).map((line) => line.slice(0, 64));
    expect(heard[0]).toBe(hash(first));
    expect(heard.slice(1).sort()).toEqual(lines.map(hash).sort());
  });

  it('leaves no half line where nobody reads for a while, says so, and can be repeated', async () => {
    const id = await begin(`head -c 60000 >/dev/null; touch /workspace/there; while [ ! -e /workspace/go ]; do sleep 0.05; done; cat | while IFS= read -r line; do printf "%s\\n" "$line" | sha256sum; [ "$line" = end ] && ${result}; done`, `${'x'.repeat(59_999)}\n`);
    await until('the first input to be read', async () => (await inside(box, 'test', '-e', '/workspace/there')).code === 0);
    const small = `${'s'.repeat(30_000)}\n`;
    const large = `${'l'.repeat(50_000)}\n`;
    expect((await tell(id, small)).code).toBe(0);
    const full = await tell(id, large);
    expect([full.code, full.stderr]).toEqual([75, 'anyon-run: the command does not read what it is told\n']);
    await script(box, 'touch /workspace/go');
    expect((await tell(id, large)).code).toBe(0);
    expect((await tell(id, 'end\n')).code).toBe(0);
    await endOf(box, id);
    expect(exchanged(box, id, 'out.raw').split('\n').map((line) => line.slice(0, 64)).slice(0, 2)).toEqual([hash(small), hash(large)]);
  });

  it('says when nobody listens: not started, over, being stopped, another file in the place of the FIFO', async () => {
    prepareCommand(box, 'never', { argv: ['true'], keepStdinOpen: true });
    expect((await tell('never', 'x\n')).code).toBe(1);
    const over = await begin(result);
    await endOf(box, over);
    expect((await tell(over, 'x\n')).code).toBe(1);
    const tampered = await begin(`cd "/anyon/exchange/$ANYON_RUN_ID"; mv in away; mkdir other; echo here > in; touch ready; while [ -e ready ]; do sleep 0.05; done; mv -f away in; ${result}`);
    await until('the FIFO to be exchanged', () => existsSync(path.join(box.exchange, tampered, 'ready')));
    expect((await tell(tampered, 'x\n')).code).toBe(1);
    expect(exchanged(box, tampered, 'in')).toBe('here\n');
    await script(box, `rm /anyon/exchange/${tampered}/ready`);
    await endOf(box, tampered);
  });

  it('takes one line of its own, and nothing else', async () => {
    const id = await begin(`read -r line; ${result}; cat`);
    expect((await tell(id, 'two\nlines\n')).code).toBe(65);
    expect((await tell(id, 'no end')).code).toBe(65);
    expect((await tell(id, '\n')).code).toBe(65);
    expect((await tell(id, `${'x'.repeat(1024 * 1024)}\n`)).code).toBe(65);
    await script(box, `echo secret > /workspace/other; ln -s /workspace/other /anyon/exchange/${id}.tell-0a`);
    expect((await inside(box, 'anyon-run', 'tell', id, `${id}.tell-0a`)).code).toBe(65);
    for (const name of ['spec.json', `${id}.tell-0a/../../../etc/passwd`, `../${id}.tell-0a`, 'run-x.tell-0a', '']) expect((await inside(box, 'anyon-run', 'tell', id, name)).code, name).toBe(64);
    expect((await inside(box, 'anyon-run', 'tell', 'absent', 'absent.tell-0a')).code).toBe(66);
    expect((await tell(id, 'this\n')).code).toBe(0);
    await endOf(box, id);
  });

  it('does not stand in the way of a stop', async () => {
    const id = await begin('exec 3< <(sleep 100); cat > /workspace/heard');
    await tell(id, 'x\n');
    expect((await inside(box, 'anyon-run', 'stop', id, '0.5')).code).toBe(0);
    expect((await script(box, 'cat /workspace/heard')).split('\n').slice(0, 2)).toEqual(['x', '{"type":"control_request","request_id":"anyon-stop","request":{"subtype":"interrupt"}}']);
    expect((await tell(id, 'y\n')).code).toBe(1);
  });
});
