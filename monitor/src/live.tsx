import { Chart } from './chart.tsx';
import { ConnectionBar } from './connection-bar.tsx';
import { FilterBar } from './filter-bar.tsx';
import { Table } from './table.tsx';

/** The live table with everything around it. */
export function Live() {
  return (
    <div class="stream">
      <ConnectionBar />
      <FilterBar />
      <Chart />
      <Table />
    </div>
  );
}
