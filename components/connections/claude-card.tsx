'use client';

export function ClaudeCard() {
  return null;
}
