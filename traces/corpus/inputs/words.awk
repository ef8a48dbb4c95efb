# Counts words and pairs of words, remembers where each stood, and prints the most frequent.
{
    gsub(/[.,]/, "")
    last = ""
    for (i = 1; i <= NF; i++) {
        count[$i]++
        where[$i] = where[$i] " " NR
        if (last != "") pair[last "+" $i]++
        last = $i
    }
}
END {
    for (word in count) {
        n = split(where[word], lines, " ")
        printf "%-20s %5d first at line %d, last at %d\n", word, count[word], lines[1], lines[n] | "cat"
    }
    for (p in pair) if (pair[p] > 6) best = best p "=" pair[p] "\n"
    printf "%s", best
}
