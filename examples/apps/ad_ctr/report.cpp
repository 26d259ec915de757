// SPDX-License-Identifier: Apache-2.0
// apps/ad_ctr/report.cpp - the queries of this application's dashboard, as printed without --sql.
#include "ad_ctr/ad_ctr.hpp"

namespace ad_ctr {

void report(apps::report_page& page) {
  page.answer(
      "SELECT campaign_id, SUM(impressions) AS impressions, SUM(clicks) AS clicks, "
      "ROUND(100 * SUM(clicks) / SUM(impressions), 2) AS ctr_percent, ROUND(AVG(reach), 1) AS reach_per_minute, "
      "ROUND(SUM(cost), 2) AS cost, ROUND(SUM(cost) / SUM(clicks), 4) AS cost_per_click "
      "FROM ctr_by_campaign GROUP BY campaign_id ORDER BY ctr_percent DESC, campaign_id",
      "Click-through rate by campaign");
  page.answer(
      "SELECT device_type, SUM(impressions) AS impressions, SUM(clicks) AS clicks, "
      "ROUND(100 * SUM(clicks) / SUM(impressions), 2) AS ctr_percent "
      "FROM engagement_by_device GROUP BY device_type ORDER BY impressions DESC, device_type",
      "Engagement by device");
  page.answer(
      "SELECT window_start, campaign_id, ROUND(100 * ctr, 2) AS ctr_percent, "
      "ROUND(100 * expected_ctr, 2) AS expected_percent, ROUND(z, 2) AS z "
      "FROM ctr_anomalies ORDER BY window_start, campaign_id LIMIT 20",
      "Minutes out of the ordinary");
  page.answer("SELECT COUNT(*) AS clicks, MIN(ts) AS first, MAX(ts) AS last FROM unattributed_clicks",
              "Clicks whose impression never came");
}

}  // namespace ad_ctr
