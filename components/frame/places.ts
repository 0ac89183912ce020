import { Boxes, CalendarClock, Columns3, Gauge, Settings, type LucideIcon } from 'lucide-react';
import { usePathname } from 'next/navigation';

/** A page that is reached from everywhere. */
export interface Place {
  href: string;
  label: string;
  icon: LucideIcon;
}

const board: Place = { href: '/', label: 'Board', icon: Columns3 };
const workspaces: Place = { href: '/workspaces', label: 'Workspaces', icon: Boxes };
const schedules: Place = { href: '/schedules', label: 'Schedules', icon: CalendarClock };
const system: Place = { href: '/system', label: 'System', icon: Gauge };
const settings: Place = { href: '/settings', label: 'Settings', icon: Settings };

export const places = [board, workspaces, schedules, system, settings];

/** On a phone: those at the bottom of the screen, and those behind “More”. */
export const barPlaces = [board, workspaces, schedules];
export const morePlaces = [system, settings];

/** Whether the page that is open belongs to a place. */
export function useIsHere(): (href: string) => boolean {
  const path = usePathname();
  return (href) => path === href || (href !== '/' && path.startsWith(`${href}/`));
}
