// Tokens of the right shape that open nothing. Put together here, so that no scanner of repositories takes them for real ones.
export const plantedTokens = [
  ['ghp', '0PlantedByTheFaultTests0PlantedByTheFa'].join('_'),
  ['github', 'pat', '11PLANTED0PlantedByTheFaultTests', 'PlantedByTheFaultTestsPlantedByTheFaultTests'].join('_'),
  ['sk', 'ant', 'api03', 'Planted_By-The_Fault-Tests-Planted_By-The_Fault-Tests-AA'].join('-'),
];
