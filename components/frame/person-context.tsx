'use client';

import { createContext, useContext, type ReactNode } from 'react';

export interface Person {
  login: string;
  role: 'admin' | 'member';
}

const PersonContext = createContext<Person>({ login: '', role: 'member' });

/** Tells the pages who is signed in. What a person may do is decided by the server; this only spares them buttons that would be refused. */
export function PersonProvider({ person, children }: { person: Person; children: ReactNode }) {
  return <PersonContext.Provider value={person}>{children}</PersonContext.Provider>;
}

export function usePerson(): Person {
  return useContext(PersonContext);
}

export function useIsAdmin(): boolean {
  return usePerson().role === 'admin';
}
