"""What the robot's code offers an edition: its actions, and the answers it says with the values it puts into their braces.

tests/studio/test_studio_robot_code.py compares the code of `actions/` with these tables: a new answer is added there and here.
"""

from __future__ import annotations

ACTIONS = frozenset(
    """
    action_affirm action_answer action_ask_address action_ask_application_answer action_ask_application_confirmed
    action_ask_application_form_id action_ask_appointment_confirmed action_ask_appointment_day
    action_ask_appointment_number action_ask_appointment_time action_ask_callback_form_phone
    action_ask_callback_time action_ask_cancel_confirmed action_ask_case_number action_ask_case_proof
    action_ask_centre action_ask_consent_given action_ask_consent_purpose action_ask_deletion_confirmed
    action_ask_documents action_ask_ease action_ask_fee action_ask_feedback_comment action_ask_incident
    action_ask_move_confirmed action_ask_nps action_ask_person_name action_ask_personal_data_consent
    action_ask_phone action_ask_privacy action_ask_problem_address action_ask_problem_details
    action_ask_problem_text action_ask_satisfaction action_ask_service action_ask_ticket_confirmed
    action_ask_ticket_contact action_ask_ticket_form_person_name action_ask_ticket_form_phone
    action_ask_withdraw_confirmed action_ask_withdraw_purpose action_ask_working_hours action_book_appointment
    action_bot_challenge action_cancel_appointment action_continue_here action_crisis action_deny
    action_explain_rejection action_explain_status action_file_inquiry action_file_ticket action_find_services
    action_frustration action_give_consent action_goodbye action_greet action_handover action_help
    action_inform action_more action_move_appointment action_my_appointments action_not_understood
    action_out_of_scope action_payment action_recover_access action_repeat action_request_callback
    action_request_deletion action_request_video action_save_feedback action_service_info action_show_consents
    action_show_status action_smalltalk action_stop action_submit_application action_subscribe
    action_technical_problem action_thank action_withdraw_consent validate_application_form
    validate_appointment_form validate_callback_form validate_cancel_form validate_consent_form
    validate_deletion_form validate_feedback_form validate_reschedule_form validate_status_form
    validate_ticket_form validate_withdraw_form
    """.split()
)
"""Names of all actions, as domain.yml lists them."""

OWN_ANSWER = "action_answer"
"""Says `utter_<intent>`: the action of wishes that editors add by themselves."""

REGION = ("region", "city", "line_phone")
"""Values that some answers get beside their own."""

_FILLED = {
    "utter_address": "accessibility address centre hours parking phone transport",
    "utter_address_all": "addresses",
    "utter_already_booked": "number when",
    "utter_application_resumed": "intro title",
    "utter_application_start": "intro title",
    "utter_application_submitted": "done number",
    "utter_ask_application_confirmed": "summary title",
    "utter_ask_appointment_confirmed": "address centre person phone service when",
    "utter_ask_appointment_day": "centre",
    "utter_ask_appointment_time": "day",
    "utter_ask_cancel_confirmed": "service when",
    "utter_ask_centre": "service",
    "utter_ask_move_confirmed": "old when",
    "utter_ask_other_time": "day",
    "utter_ask_problem_address": "topic",
    "utter_ask_ticket_confirmed": "address contact details files story topic",
    "utter_booked": "address centre number when",
    "utter_callback_outside_hours": "opening",
    "utter_callback_promised": "end number phone start",
    "utter_cancelled": "number",
    "utter_case_locked": "until",
    "utter_case_not_found": "left number",
    "utter_case_number_goes_on": "part",
    "utter_case_overdue": "due",
    "utter_case_status": "meaning next number service state",
    "utter_consent_recorded": "purpose",
    "utter_consent_withdrawn": "what",
    "utter_consents": "consents",
    "utter_day_closed": "day reason",
    "utter_day_full": "day",
    "utter_deletion_registered": "explanation kept number",
    "utter_grade_range": "high low",
    "utter_handover": "group position wait",
    "utter_hours": "centre now week",
    "utter_hours_all": "hours",
    "utter_incident_known": "forecast number reason title",
    "utter_inquiry_filed": "due number",
    "utter_moved": "number when",
    "utter_my_visits": "visits",
    "utter_no_appointment_needed": "service",
    "utter_no_form_for": "online service",
    "utter_not_done_here": "elsewhere service",
    "utter_not_overdue": "due",
    "utter_noted_day": "day",
    "utter_nothing_to_pay": "fee service",
    "utter_out_of_hours": "opening",
    "utter_past_date": "day",
    "utter_payment_link": "amount title url",
    "utter_slot_gone_nearest": "near",
    "utter_status_meaning": "meaning next phrase",
    "utter_ticket_code": "code",
    "utter_ticket_filed": "due group number",
    "utter_ticket_late": "due number state topic",
    "utter_ticket_linked": "count",
    "utter_ticket_status": "due number state topic",
    "utter_time_taken": "time",
    "utter_too_late_to_move": "when",
    "utter_video": "link number when",
    "utter_video_later": "number when",
    "utter_video_outside_hours": "opening",
    "utter_visit_not_found": "number",
    "utter_greet_by_name": "name",
    "utter_greet": "name",
}
_WITH_REGION = frozenset(
    """
    utter_bot_challenge utter_greet utter_greet_by_name utter_handover_unavailable utter_not_in_this_channel
    utter_not_in_this_channel_plain utter_out_of_scope utter_privacy utter_smalltalk
    """.split()
)
_PLAIN = frozenset(
    """
    utter_affirm_what utter_application_change utter_ask_application_form utter_ask_callback_form_phone
    utter_ask_callback_time utter_ask_case_number utter_ask_case_proof utter_ask_consent_purpose
    utter_ask_deletion_confirmed utter_ask_ease utter_ask_feedback_comment utter_ask_incident_street
    utter_ask_nps utter_ask_person_name utter_ask_phone utter_ask_problem_details utter_ask_problem_text
    utter_ask_satisfaction utter_ask_service utter_ask_ticket_contact utter_ask_ticket_contact_elsewhere
    utter_ask_ticket_form_person_name utter_ask_ticket_form_phone utter_ask_ticket_proof
    utter_ask_which_service utter_ask_which_visit utter_ask_withdraw_confirmed utter_ask_withdraw_purpose
    utter_callback_past utter_case_number_unclear utter_centre_without_service utter_consent_not_given
    utter_consent_refused utter_consent_thanks utter_continued_here utter_details_added utter_do_not_send_here
    utter_feedback_sorry utter_feedback_thanks utter_forwarded_is_no_answer utter_frustration utter_goodbye
    utter_greet_again utter_greet_short utter_help utter_incident_over utter_incident_unknown utter_left_as_is
    utter_name_unclear utter_no_consents utter_no_more utter_no_such_date utter_no_visits utter_not_found
    utter_not_understood utter_not_understood_in_form utter_not_understood_twice utter_nothing_free
    utter_nothing_to_continue utter_nothing_to_repeat utter_offer_call_reminder utter_offer_notifications
    utter_ok_what_else utter_pay_for_what utter_phone_unclear utter_recover_access utter_rejection
    utter_rejection_next utter_service_unavailable utter_slot_gone utter_status_unknown utter_stopped
    utter_stopped_kept utter_subscribed utter_technical_problem utter_thank utter_too_far_ahead
    utter_what_to_change utter_what_to_change_in_visit utter_where_is_number utter_which_of_two
    utter_which_service utter_which_situation
    """.split()
)

ANSWERS: dict[str, frozenset[str]] = {
    name: frozenset((*_FILLED.get(name, "").split(), *(REGION if name in _WITH_REGION else ())))
    for name in sorted({*_FILLED, *_WITH_REGION, *_PLAIN})
}
"""Every answer that the code may say, and the names of the values it fills; slots may stand in braces as well."""
