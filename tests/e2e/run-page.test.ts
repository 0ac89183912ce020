import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** A person works with runs on their page: reads the conversation, says what comes next, interrupts, answers. In this order. Claude Code refuses a bare `sleep`, so what takes its time is a `tail`. */
let scene: ProductOnScreen;
let page: Page;
let home: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  home = `${scene.product.origin}/workspaces/${await scene.enterGarden()}`;
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

/** What was said and done, without the questions and the composer below it. */
const conversation = (): Locator => page.getByRole('region', { name: 'What was said and done' });
const queue = (): Locator => page.getByRole('region', { name: 'Follow-ups that wait' });
const composer = (): Locator => page.getByLabel('What comes next?');
const number = async (): Promise<string> => /#(\d+)/.exec(await page.locator('main header').first().innerText())?.[1] ?? '';

async function begin(prompt: string, mode?: string): Promise<void> {
  await visit(page, home);
  if (mode) await chooseMode(mode);
  await startRun(page, prompt);
}

async function chooseMode(label: string): Promise<void> {
  await page.getByRole('button', { name: /^What Claude may do without asking/ }).click();
  await page.getByRole('menuitem', { name: label }).click();
}

async function ends(word: string): Promise<void> {
  await state(page, word).waitFor({ timeout: 60_000 });
  await page.getByTestId('done-card').waitFor();
}

/** The page itself stands still, the composer can be seen, nothing is wider than the screen and everything has a name. */
async function expectSound(): Promise<void> {
  expect(await sidewaysOverflow(page)).toEqual({ pixels: 0, by: [] });
  expect(await namelessControls(page)).toEqual([]);
  const box = await composer().boundingBox();
  const screen = page.viewportSize();
  expect((box?.y ?? 0) >= 0 && (box?.y ?? 0) + (box?.height ?? 0) <= (screen?.height ?? 0), 'the composer is in view').toBe(true);
}

describe('the conversation', () => {
  it('shows what Claude does while it does it, one line each, and unfolds', async () => {
    await begin('[[sim:bash cmd="sleep 3; seq 500"]] [[sim:write path=a.txt content="one\\n"]] [[sim:edit path=a.txt old=one new=two]] [[sim:task cmd="echo from the agent"]]');
    await conversation().getByRole('img', { name: 'Running' }).waitFor();
    await expectSound();
    await ends('Succeeded');
    await conversation().evaluate((scroller) => (scroller.scrollTop = 0));
    await conversation().getByRole('button', { name: /^Bash sleep 3/ }).click();
    const output = conversation().getByRole('group', { name: 'Output' });
    expect(await output.innerText()).toMatch(/^1\n2\n3\n/);
    await conversation().getByRole('button', { name: /^Show all \(/ }).click();
    expect(await output.innerText()).toMatch(/\n500$/);
    await conversation().getByRole('button', { name: /^Bash sleep 3/ }).click();
    await conversation().getByRole('button', { name: /^Edit a\.txt \+1 ?−1/ }).waitFor();
    await conversation().getByRole('button', { name: /A part of the work/ }).click();
    await conversation().getByText('echo from the agent').first().waitFor();
  });

  it('stays within the page on a phone, where the composer is at hand', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('tab', { name: 'Conversation' }).waitFor();
    await page.getByTestId('done-card').waitFor();
    await expectSound();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('tab', { name: 'Conversation' }).waitFor({ state: 'detached' });
    expect(await page.evaluate(() => [...document.querySelectorAll('#content, html')].map((part) => part.scrollHeight - part.clientHeight))).toEqual([0, 0]);
  });

  it('keeps what is typed, the cursor and what is unfolded while the window becomes smaller and wider again', async () => {
    await composer().fill('First the beds, then the paths');
    await composer().evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(5, 9));
    await conversation().evaluate((scroller) => (scroller.scrollTop = 0));
    await conversation().getByRole('button', { name: /^Bash sleep 3/ }).click();
    await conversation().getByRole('group', { name: 'Output' }).first().waitFor();
    await composer().focus();
    for (const width of [900, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.getByRole('tab', { name: 'Conversation' }).waitFor({ state: width < 1024 ? 'visible' : 'detached' });
      expect(await composer().evaluate((field: HTMLTextAreaElement) => [document.activeElement === field, field.value, field.selectionStart, field.selectionEnd])).toEqual([true, 'First the beds, then the paths', 5, 9]);
      await conversation().getByRole('group', { name: 'Output' }).first().waitFor();
    }
    await conversation().getByRole('button', { name: /^Bash sleep 3/ }).click();
    await composer().fill('');
  });

  it('keeps what is unfolded while another tab is in front on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await conversation().evaluate((scroller) => (scroller.scrollTop = 0));
    await conversation().getByRole('button', { name: /^Bash sleep 3/ }).click();
    await page.getByRole('tab', { name: 'Log', exact: true }).click();
    await composer().waitFor({ state: 'hidden' });
    await page.getByRole('tab', { name: 'Conversation' }).click();
    await conversation().getByRole('group', { name: 'Output' }).first().waitFor();
    await conversation().getByRole('button', { name: /^Bash sleep 3/ }).click();
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('is typed live, and goes on where it was after a reload in the middle of a sentence', async () => {
    await begin('[[sim:slow ms=150]] [[sim:long lines=60]]');
    await conversation().getByText(/^line 4\b/i).or(conversation().getByText(/\bline 4\b/i)).first().waitFor();
    await page.reload();
    await conversation().getByText(/\bline 8\b/i).first().waitFor();
    expect(await state(page, 'Running').isVisible()).toBe(true);
  });
});

describe('what comes next', () => {
  it('waits while Claude is at work, can be changed, and becomes the next run by itself', async () => {
    await begin('[[sim:bash cmd="timeout 12 tail -f /dev/null"]]');
    const before = await number();
    await composer().fill('[[sim:text text="the first words"]]');
    await composer().press('Control+Enter');
    await queue().waitFor();
    expect(await composer().inputValue()).toBe('');
    await queue().getByRole('button', { name: 'Change the words of follow-up 1' }).click();
    await page.getByLabel('The words of this follow-up').fill('[[sim:bash cmd="timeout 30 tail -f /dev/null"]] [[sim:text text="other words"]]');
    await queue().getByRole('button', { name: 'Save' }).click();
    await queue().getByText('other words').waitFor();
    await composer().pressSequentially('half a thou');
    await expect.poll(number, { timeout: 60_000 }).not.toBe(before);
    await page.keyboard.type('ght'); // into the field of the next page
    expect(await composer().inputValue()).toBe('half a thought');
    await conversation().getByRole('button', { name: /timeout 30/ }).waitFor();
    await queue().waitFor({ state: 'detached' });
  });

  it('interrupts Claude when it is sent now, after a question', async () => {
    const before = await number();
    await composer().fill('[[sim:bash cmd="timeout 60 tail -f /dev/null"]]');
    await page.getByRole('button', { name: 'Send now' }).click();
    await page.getByRole('button', { name: 'Interrupt and send' }).click();
    await expect.poll(number, { timeout: 60_000 }).not.toBe(before);
    await conversation().getByRole('button', { name: /timeout 60/ }).waitFor();
  });

  it('is nothing when Esc interrupts, after a question too', async () => {
    await conversation().focus();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Interrupt Claude?' }).getByRole('button', { name: 'Interrupt', exact: true }).click();
    await ends('Stopped');
  });

  it('is another beginning by Edit and retry', async () => {
    await page.getByRole('button', { name: 'Edit and retry' }).click();
    await page.getByLabel('Prompt', { exact: true }).fill('[[sim:text text="from the beginning"]]');
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByText('starts again from').waitFor();
    await ends('Succeeded');
    await page.getByTestId('done-card').getByText('from the beginning').waitFor();
  });
});

describe('questions', () => {
  it('of permission are allowed, or denied with words that Claude hears', async () => {
    await begin('[[sim:bash cmd="touch a"]] [[sim:bash cmd="touch b"]]', 'Ask before changes');
    const first = page.getByRole('region', { name: 'Claude wants to run a command' });
    await first.getByText('touch a', { exact: true }).waitFor();
    await state(page, 'Needs you').waitFor();
    await expectSound();
    await first.getByRole('button', { name: 'Allow', exact: true }).click();
    await first.getByText('touch b', { exact: true }).waitFor();
    await first.getByRole('button', { name: 'Deny…' }).click();
    await page.getByLabel('What Claude should do instead').fill('Leave b alone');
    await page.getByRole('button', { name: 'Deny', exact: true }).click();
    await ends('Succeeded');
    await page.getByText('2 answered questions').waitFor();
    await conversation().getByRole('img', { name: 'Failed' }).first().waitFor();
  });

  it('of choice are answered by a click', async () => {
    await begin('[[sim:ask question="Which?" options="Red, Blue"]]', 'Ask before changes'); // where nothing is asked, Claude has no such tool
    const card = page.getByRole('region', { name: 'Claude has a question' });
    await card.getByRole('radio', { name: 'Red' }).check();
    await card.getByRole('button', { name: 'Answer' }).click();
    await ends('Succeeded');
  });

  it('of a plan are approved', async () => {
    await begin('[[sim:plan text="# The plan\\n- one"]]', 'Plan only');
    const card = page.getByRole('region', { name: 'Claude has a plan. Shall it carry it out?' });
    await card.getByRole('heading', { name: 'The plan' }).waitFor();
    await card.getByRole('button', { name: 'Approve' }).click();
    await ends('Succeeded');
  });
});

it('met no error in the console on the whole way', () => {
  expect(scene.person.complaints).toEqual([]);
});
