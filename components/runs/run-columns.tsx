import type { ReactNode } from 'react';
import type { BesideTab } from '@/components/runs/use-run-tabs';
import { KeptPanel, TabGroup, TabList, TabPanel, type TabItem } from '@/components/ui/tabs';

interface RunColumnsProps {
  /** Two columns; otherwise the conversation is one tab among the others. */
  wide: boolean;
  tab: BesideTab | 'conversation';
  onTab: (tab: BesideTab | 'conversation') => void;
  conversation: ReactNode;
  onConversationUsed: () => void;
  beside: { value: BesideTab; label: ReactNode; content: ReactNode; scrolls?: boolean }[];
}

/**
 * The conversation beside the rest, or as the first of the tabs. It has the same place in both and is only hidden, never taken away: what was typed
 * in it, the cursor and what was unfolded outlive a window that becomes wider or smaller.
 */
export function RunColumns({ wide, tab, onTab, conversation, onConversationUsed, beside }: RunColumnsProps) {
  const items: TabItem[] = beside.map(({ value, label }) => ({ value, label }));
  const shown = wide || tab === 'conversation';
  return (
    <TabGroup value={tab} onChange={(value) => onTab(value as RunColumnsProps['tab'])} className="lg:flex-row lg:gap-4">
      {!wide && <TabList label="Run" value={tab} items={[{ value: 'conversation', label: 'Conversation' }, ...items]} />}
      <KeptPanel value="conversation" shown={shown} hasTab={!wide} onUsed={onConversationUsed}>
        {conversation}
      </KeptPanel>
      <div className={shown && !wide ? 'hidden' : 'flex min-h-0 min-w-0 flex-1 flex-col'}>
        {wide && <TabList label="Run" value={tab} items={items} />}
        {beside.map(({ value, content, scrolls = false }) => (
          <TabPanel key={value} value={value} scrolls={scrolls}>
            {content}
          </TabPanel>
        ))}
      </div>
    </TabGroup>
  );
}
