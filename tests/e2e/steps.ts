import type { Locator, Page } from 'playwright-core';
import { visit } from '@/tests/setup/browser';

/** What a person does on the pages, by the words that stand on them. Each resolves when its effect is on the screen. */

/** Opens a one-time address and presses its button, which leads to the board; then goes on to the workspaces. */
export async function signInAsOwner(page: Page, setupAddress: string): Promise<void> {
  const { origin } = new URL(setupAddress);
  await visit(page, setupAddress);
  await page.getByRole('button', { name: 'Sign in as the owner' }).click();
  await page.waitForURL(`${origin}/`);
  await page.getByRole('heading', { level: 1, name: 'Board' }).waitFor();
  await visit(page, `${origin}/workspaces`);
}

interface NewWorkspace {
  repository: string;
  branch?: string;
  name?: string;
}

/** Opens the form for a new workspace on /workspaces, fills it in and sends it. */
export async function fillWorkspaceForm(page: Page, { repository, branch, name }: NewWorkspace): Promise<void> {
  await page.getByRole('button', { name: 'New workspace' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Repository').fill(repository);
  if (branch) await form.getByLabel('Branch').fill(branch);
  if (name) await form.getByLabel('Name').fill(name);
  await form.getByLabel('Memory').selectOption('1');
  await form.getByRole('button', { name: 'Create workspace' }).click();
}

/** Makes a workspace from /workspaces and waits until it takes runs. Returns its id. */
export async function createWorkspace(page: Page, workspace: NewWorkspace): Promise<string> {
  await fillWorkspaceForm(page, workspace);
  const id = await idInAddress(page, /\/workspaces\/([0-9a-f-]{36})$/);
  await state(page, 'Running').waitFor({ timeout: 60_000 });
  return id;
}

/** Writes a prompt on the page of a workspace and starts it by the keyboard. Returns the run's id. */
export async function startRun(page: Page, prompt: string): Promise<string> {
  const box = page.getByLabel('What should Claude do?');
  await box.fill(prompt);
  await box.press('Control+Enter');
  return idInAddress(page, /\/runs\/([0-9a-f-]{36})$/);
}

/** The badge that says how a workspace or run stands. */
export function state(page: Page, word: string): Locator {
  return page.locator('main [data-state]', { hasText: new RegExp(`^${word}$`) }).first();
}

/** How the live log stands: connecting, live, reconnecting, ended. */
export function logState(page: Page, name: 'connecting' | 'live' | 'reconnecting' | 'ended'): Locator {
  return page.locator(`[data-log-state="${name}"]`);
}

async function idInAddress(page: Page, pattern: RegExp): Promise<string> {
  await page.waitForURL(pattern);
  return pattern.exec(page.url())?.[1] ?? '';
}
