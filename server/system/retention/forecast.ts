import { desc } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { HOLD_HOURS, type ChangeRetentionInput, type RetentionForecast, type RetentionSum, type RetentionView } from '@/contract/retention';
import { retentionRounds } from '@/db/schema';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { chooseRemovals, type PresentThing } from '@/server/system/retention/choose-removals';
import { presentThings } from '@/server/system/retention/present-things';
import { readRoundState, ROUND_EVERY_MS } from '@/server/system/retention/round-state';
import { ruleWords } from '@/server/system/retention/rule-words';
import { readRules, type StoredRule } from '@/server/system/retention/rules';

const SHOWN = 100;
const SHOWN_ROUNDS = 20;

/** What will go by the rules, when and why, and what went lately. Nothing is changed. For administrators. */
export function forecastRetention(_admin: Actor): Promise<RetentionView> {
  return readRetention();
}

/** The same for whoever has the machine. */
export async function readRetention(): Promise<RetentionView> {
  const [rules, { lastRoundAt, isAsked }] = await Promise.all([readRules(), readRoundState()]);
  const forecasts: RetentionForecast[] = [];
  for (const rule of rules) forecasts.push(await forecastRule(rule, isAsked ? null : lastRoundAt));
  const { at, kind, items, bytes, because } = retentionRounds;
  const rounds = await database().select({ at, kind, items, bytes, because }).from(retentionRounds).orderBy(desc(retentionRounds.at)).limit(SHOWN_ROUNDS);
  return { forecasts, lastRoundAt, isBeingApplied: isAsked, rounds, bundleKeepDays: env().ANYON_BUNDLE_KEEP_DAYS };
}

/** What would go if a rule were this one. For administrators. */
export async function forecastProposal(_admin: Actor, proposed: ChangeRetentionInput): Promise<RetentionForecast> {
  const now = await readRules();
  const stored = now.find(({ kind }) => kind === proposed.kind);
  const holdsUntil = new Date(Date.now() + HOLD_HOURS * 60 * 60 * 1000);
  return forecastRule({ changedAt: null, changedBy: null, ...stored, ...proposed, holdsUntil }, null);
}

/** Of one rule, at the moment at which it acts next: an hour after the last round, and at once where none is given. */
export async function forecastRule(rule: StoredRule, lastRoundAt: Date | null): Promise<RetentionForecast> {
  const { kind, keepDays, maxBytes, changedAt, changedBy } = rule;
  const now = Date.now();
  const isHeld = rule.holdsUntil.getTime() > now;
  const actsAt = new Date(Math.max(now, rule.holdsUntil.getTime(), (lastRoundAt?.getTime() ?? 0) + ROUND_EVERY_MS));
  const things = await presentThings(kind);
  const going = chooseRemovals(things, rule, actsAt);
  const keepsAll = keepDays === null && maxBytes === null;
  return {
    kind,
    rule: { keepDays, maxBytes },
    changedAt,
    changedBy,
    holdsUntil: isHeld && !keepsAll ? rule.holdsUntil : null,
    actsAt: keepsAll ? null : actsAt,
    present: sumOf(things),
    spared: sparedByReason(things),
    goes: sumOf(going.map(({ thing }) => thing)),
    first: going.slice(0, SHOWN).map(({ thing: { id, name, link, endedAt, items, bytes, waitsFor }, by }) => ({ id, name, link, endedAt, items, bytes, because: ruleWords(by, rule), waitsFor })),
  };
}

function sumOf(things: readonly PresentThing[]): RetentionSum {
  return things.reduce((sum, { items, bytes }) => ({ items: sum.items + items, bytes: sum.bytes + bytes }), { items: 0, bytes: 0 });
}

function sparedByReason(things: readonly PresentThing[]): RetentionForecast['spared'] {
  const byReason = new Map<string, number>();
  for (const { spared, items } of things) if (spared !== null) byReason.set(spared, (byReason.get(spared) ?? 0) + items);
  return [...byReason].map(([why, items]) => ({ why, items })).sort((one, other) => other.items - one.items);
}
