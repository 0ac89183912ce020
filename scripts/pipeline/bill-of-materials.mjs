import { ComponentType } from '@cyclonedx/cyclonedx-library/Enums';
import { Bom, Component, LicenseExpression, NamedLicense, Property, SpdxLicense } from '@cyclonedx/cyclonedx-library/Models';
import { JSON as CycloneJson, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import { isSupportedSpdxId } from '@cyclonedx/cyclonedx-library/SPDX';
import { PackageURL } from 'packageurl-js';

/**
 * The bill of materials of an image as CycloneDX 1.6 in JSON. The same packages give the same text, but for the moment in it.
 * @param {{name: string, digest: string, tag: string}} image @param {import('./packages-of-image.mjs').ImagePackage[]} packages @param {Date} moment
 */
export function billOfMaterials(image, packages, moment) {
  const bom = new Bom();
  const container = new Component(ComponentType.Container, image.name, { version: image.digest, bomRef: 'image' });
  container.properties.add(new Property('anyon:tag', image.tag));
  bom.metadata.timestamp = moment;
  bom.metadata.component = container;
  for (const one of packages) {
    const component = componentOf(one);
    bom.components.add(component);
    container.dependencies.add(component.bomRef);
  }
  return `${new JsonSerializer(new CycloneJson.Normalize.Factory(Spec1dot6)).serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** @param {import('./packages-of-image.mjs').ImagePackage} one */
function componentOf(one) {
  const purl = packageUrl(one);
  const slash = one.kind === 'npm' && one.name.startsWith('@') ? one.name.indexOf('/') : -1;
  const type = one.kind === 'generic' ? ComponentType.Application : ComponentType.Library;
  const component = new Component(type, one.name.slice(slash + 1), { version: one.version, bomRef: purl, purl, ...(slash > 0 && { group: one.name.slice(0, slash) }) });
  if (one.licenses) component.licenses.add(licenseOf(one.licenses));
  if (one.place) component.properties.add(new Property('anyon:place', one.place));
  return component;
}

/**
 * By which scanners know a package. Debian's advisories are about source packages, so those are named.
 * @param {import('./packages-of-image.mjs').ImagePackage} one
 */
export function packageUrl({ kind, name, version, architecture, source, distro }) {
  if (kind === 'deb') return new PackageURL('deb', (distro ?? 'debian').split('-')[0], name, version, { ...(architecture && { arch: architecture }), ...(source && source !== name && { upstream: source }), ...(distro && { distro }) }).toString();
  const slash = kind === 'npm' && name.startsWith('@') ? name.indexOf('/') : -1;
  return new PackageURL(kind, slash > 0 ? name.slice(0, slash) : null, name.slice(slash + 1), version).toString();
}

/** What a package says of its licence is only read: an id that SPDX knows, an expression of several, or else its own words. */
function licenseOf(words) {
  if (isSupportedSpdxId(words)) return new SpdxLicense(words);
  return /^\(?[A-Za-z0-9.+-]+( (OR|AND|WITH) \(?[A-Za-z0-9.+-]+\)?)+\)?$/.test(words) ? new LicenseExpression(words) : new NamedLicense(words.slice(0, 200));
}
