'use client';

import { PageColumn } from '@/components/frame/page-header';
import { useIsAdmin } from '@/components/frame/person-context';
import { useTab } from '@/components/frame/use-tab';
import { RetentionTab } from '@/components/retention/retention-tab';
import { DifferencesTab } from '@/components/system/differences-tab';
import { NetworkTab } from '@/components/system/network-tab';
import { OverviewTab } from '@/components/system/overview-tab';
import { TasksTab } from '@/components/system/tasks-tab';
import { TemplatesTab } from '@/components/templates/templates-tab';
import { TabPanel, Tabs, type TabItem } from '@/components/ui/tabs';

const forAll = ['overview', 'tasks', 'templates'] as const;
const forAdmins = ['overview', 'tasks', 'differences', 'retention', 'network', 'templates'] as const;
type TabName = (typeof forAdmins)[number];
const labels: Record<TabName, string> = { overview: 'Overview', tasks: 'Tasks', differences: 'Differences', retention: 'Retention', network: 'Network', templates: 'Templates' };

/** Whether this machine can do its work, what it is doing, and what administrators set for everybody. */
export function SystemPage() {
  const tabs: readonly [TabName, ...TabName[]] = useIsAdmin() ? forAdmins : forAll;
  const [tab, openTab] = useTab(tabs);
  const items: TabItem[] = tabs.map((value) => ({ value, label: labels[value] }));
  return (
    <PageColumn>
      <h1 className="text-xl font-semibold">System</h1>
      <Tabs label="System" value={tab} onChange={(value) => openTab(value as TabName)} items={items}>
        <TabPanel value="overview">
          <OverviewTab />
        </TabPanel>
        <TabPanel value="tasks">
          <TasksTab />
        </TabPanel>
        <TabPanel value="differences">
          <DifferencesTab />
        </TabPanel>
        <TabPanel value="retention">
          <RetentionTab />
        </TabPanel>
        <TabPanel value="network">
          <NetworkTab />
        </TabPanel>
        <TabPanel value="templates">
          <TemplatesTab />
        </TabPanel>
      </Tabs>
    </PageColumn>
  );
}
