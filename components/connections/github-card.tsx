'use client';

export function GitHubCard() {
  return null;
}
