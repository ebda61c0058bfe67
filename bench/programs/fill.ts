/** What fills an array in the benchmark of sharing: 200 square roots for each number, of the index and those before. */
export function work(from: number, to: number, array: Float64Array): void {
  for (let i = from; i < to; i++) {
    let x = i;
    for (let k = 0; k < 200; k++) x = Math.sqrt(x * x + k);
    array[i] = x;
  }
}
