/// The query that computes `ledger.model_performance` and `ledger.model_calibration` a second time, in SQL.
enum ModelComparison {
    static let query = """
        WITH event AS MATERIALIZED (
            SELECT subject, type, sequence, details FROM \(EventTable.name)
            WHERE ledger_id = $1 AND sequence <= $2 AND type ^@ 'prediction.'
        ),
        made AS (
            SELECT
                subject,
                details ->> 'model' AS model,
                details ->> 'model_version' AS model_version,
                details ->> 'label' AS label,
                (details ->> 'value')::numeric AS value,
                (details ->> 'reference')::numeric AS reference,
                (details ->> 'confidence')::numeric AS confidence
            FROM event WHERE type = 'prediction.made'
        ),
        resolved AS (
            SELECT subject, details ->> 'label' AS label, (details ->> 'value')::numeric AS value
            FROM event WHERE type = 'prediction.resolved'
        ),
        outcome AS (
            SELECT
                made.model,
                made.model_version,
                made.confidence,
                resolved.subject IS NOT NULL AS is_resolved,
                -- A decimal has a coefficient below 2^127; a difference beyond that has no error.
                CASE
                    WHEN abs(resolved.value - made.value)
                        * power(10::numeric, scale(trim_scale(resolved.value - made.value))) < power(2::numeric, 127)
                    THEN resolved.value - made.value
                END AS error,
                coalesce(
                    made.label = resolved.label,
                    sign(made.value - made.reference) = sign(resolved.value - made.reference)
                ) AS is_correct
            FROM made LEFT JOIN resolved USING (subject)
        ),
        performance AS (
            SELECT
                model COLLATE "C" AS model,
                model_version COLLATE "C" AS model_version,
                count(*) AS made,
                count(*) FILTER (WHERE is_resolved) AS resolved,
                count(*) FILTER (WHERE is_correct) AS correct,
                ledger.quotient(sum(abs(error)), nullif(count(error), 0), 1e-18) AS absolute_error,
                ledger.quotient(
                    sum(ledger.quotient(error * error, 1, 1e-38)), nullif(count(error), 0), 1e-18
                ) AS squared_error
            FROM outcome
            GROUP BY 1, 2
        ),
        calibration AS (
            SELECT
                model COLLATE "C" AS model,
                model_version COLLATE "C" AS model_version,
                least(floor(10 * confidence), 9) AS tenth,
                count(*) AS n,
                ledger.quotient(sum(confidence), count(*), 1e-18) AS mean_confidence,
                ledger.quotient(count(*) FILTER (WHERE is_correct), count(*), 1e-18) AS correct_share
            FROM outcome
            WHERE is_correct IS NOT NULL AND confidence BETWEEN 0 AND 1
            GROUP BY 1, 2, 3
        ),
        compared AS (
            SELECT
                coalesce(folded.model, kept.model) AS model,
                coalesce(folded.model_version, kept.model_version) AS model_version,
                folded.model IS NULL AS is_unknown,
                kept.model IS NULL AS is_missing,
                (folded.made, folded.resolved, folded.correct, folded.absolute_error, folded.squared_error)
                    IS DISTINCT FROM (
                        kept.made, kept.resolved, kept.correct,
                        -- A sum beyond 10^39, or a mean beyond a decimal, is NULL in the table.
                        coalesce(
                            kept.mean_absolute_error,
                            CASE WHEN folded.absolute_error > 1e20 THEN folded.absolute_error END
                        ),
                        coalesce(
                            kept.mean_squared_error,
                            CASE WHEN folded.squared_error > 1e20 THEN folded.squared_error END
                        )
                    ) AS is_different
            FROM performance AS folded
            FULL JOIN (SELECT * FROM ledger.model_performance WHERE ledger_id = $1) AS kept
                ON kept.model = folded.model AND kept.model_version IS NOT DISTINCT FROM folded.model_version
            UNION ALL
            SELECT
                coalesce(folded.model, kept.model),
                coalesce(folded.model_version, kept.model_version),
                folded.model IS NULL,
                kept.model IS NULL,
                (folded.n, folded.mean_confidence, folded.correct_share)
                    IS DISTINCT FROM (kept.n, kept.mean_confidence, kept.correct_share)
            FROM calibration AS folded
            FULL JOIN (SELECT * FROM ledger.model_calibration WHERE ledger_id = $1) AS kept
                ON kept.model = folded.model AND kept.model_version IS NOT DISTINCT FROM folded.model_version
                AND kept.tenth = folded.tenth
        )
        SELECT DISTINCT
            CASE WHEN is_unknown THEN 'added' WHEN is_missing THEN 'missing' ELSE 'altered' END,
            model || coalesce(' ' || model_version, ''),
            NULL::bigint
        FROM compared
        WHERE is_different
        UNION ALL
        SELECT 'count', NULL, count(*) FROM performance
        ORDER BY 2
        """
}
