'use client';

export function PeopleTab() {
  return null;
}
