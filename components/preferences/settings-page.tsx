'use client';

import { AlertsTab } from '@/components/alerts/alerts-tab';
import { ApiTokensTab } from '@/components/api-tokens/api-tokens-tab';
import { AuditTab } from '@/components/audit/audit-tab';
import { ConnectionsTab } from '@/components/connections/connections-tab';
import { PageColumn } from '@/components/frame/page-header';
import { useIsAdmin } from '@/components/frame/person-context';
import { useTab } from '@/components/frame/use-tab';
import { PeopleTab } from '@/components/people/people-tab';
import { ProfileTab } from '@/components/people/profile-tab';
import { SecretsTab } from '@/components/secrets/secrets-tab';
import { TabPanel, Tabs, type TabItem } from '@/components/ui/tabs';

const forAll = ['connections', 'secrets', 'tokens', 'profile'] as const;
const forAdmins = [...forAll, 'people', 'alerts', 'audit'] as const;
type TabName = (typeof forAdmins)[number];
const labels: Record<TabName, string> = { connections: 'Connections', secrets: 'Secrets', tokens: 'API tokens', profile: 'Profile', people: 'People', alerts: 'Alerts', audit: 'Audit' };

/** What a person brings along (accounts, secrets, sign-ins), and what administrators decide about everybody. */
export function SettingsPage() {
  const tabs: readonly [TabName, ...TabName[]] = useIsAdmin() ? forAdmins : forAll;
  const [tab, openTab] = useTab(tabs);
  const items: TabItem[] = tabs.map((value) => ({ value, label: labels[value] }));
  return (
    <PageColumn>
      <h1 className="text-xl font-semibold">Settings</h1>
      <Tabs label="Settings" value={tab} onChange={(value) => openTab(value as TabName)} items={items}>
        <TabPanel value="connections">
          <ConnectionsTab />
        </TabPanel>
        <TabPanel value="secrets">
          <SecretsTab />
        </TabPanel>
        <TabPanel value="tokens">
          <ApiTokensTab />
        </TabPanel>
        <TabPanel value="profile">
          <ProfileTab />
        </TabPanel>
        <TabPanel value="people">
          <PeopleTab />
        </TabPanel>
        <TabPanel value="alerts">
          <AlertsTab />
        </TabPanel>
        <TabPanel value="audit">
          <AuditTab />
        </TabPanel>
      </Tabs>
    </PageColumn>
  );
}
