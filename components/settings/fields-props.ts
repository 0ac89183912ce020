import type { Problems, SettingsDraft } from '@/components/settings/settings-draft';

/** What every group of settings fields takes. */
export interface FieldsProps {
  draft: SettingsDraft;
  problems: Problems;
  set: (change: Partial<SettingsDraft>) => void;
  /** The field stands alone under a heading that says its name. */
  labelHidden?: boolean;
}
