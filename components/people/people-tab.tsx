'use client';

import { AllowedList } from '@/components/people/allowed-list';
import { PeopleList } from '@/components/people/people-list';
import { Section } from '@/components/ui/section';

/** For administrators: who is here with which role, and who may sign in at all. */
export function PeopleTab() {
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section title="People" note="Disabling somebody signs them out at once; their runs go on. Nobody changes their own role, so an administrator always stays.">
        <PeopleList />
      </Section>
      <Section title="Who may sign in" note="By GitHub’s numeric id: a login that is renamed or taken over by somebody else changes nothing. Whoever is not on it has no access.">
        <AllowedList />
      </Section>
    </div>
  );
}
